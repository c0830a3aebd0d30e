"""Say in the data dictionary that an address may be learnt by a source's rule of twins."""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

COMMENTS = {
    "article_urls.how": (
        "How it was learnt: asked, redirect, final, canonical, amp, shortlink, og",
        "How it was learnt: asked, redirect, final, canonical, amp, shortlink, og, rule (of twins)",
    ),
    "fetches.final_url": (
        "Address after redirects",
        "Address after redirects; of a twin, the url_key it stands for",
    ),
}


def upgrade() -> None:
    for column, (_, comment) in COMMENTS.items():
        op.execute(f"COMMENT ON COLUMN {column} IS '{comment}'")


def downgrade() -> None:
    for column, (comment, _) in COMMENTS.items():
        op.execute(f"COMMENT ON COLUMN {column} IS '{comment}'")
