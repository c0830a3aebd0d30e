// Airflow's frame lets no link of ours leave it (sandbox without allow-top-navigation); a link in
// Airflow's own document may. Without this script the link opens inside the frame.
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-leave]");
  if (!link || window.parent === window || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  const outer = window.parent.document.createElement("a");
  outer.href = link.href;
  outer.target = link.target;
  outer.rel = link.rel;
  window.parent.document.body.append(outer);
  outer.click();
  outer.remove();
});
