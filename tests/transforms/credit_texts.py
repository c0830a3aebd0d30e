"""Texts that credit nobody, and how a credit in front of or below them is read."""

from transforms.credits import Credited, Outlet, credited_in

HERALD = Outlet(names=("Valley Herald",), hosts=("valley.example",))
EN = "The flood water entered the lower town before dawn and families moved to the school."
EN2 = "Officials said the road to the upper valley would stay closed for two more days."
UR = "دریا کا پانی پیر کی صبح نچلی آبادی میں داخل ہو گیا اور کئی خاندان سکول منتقل ہو گئے۔"
PS = "د سیند اوبه د دوشنبې په سهار کوزې برخې ته ننوتې او ګڼې کورنۍ ښوونځي ته ولاړې."


def credit_of(text: str, *, outlet: Outlet = HERALD, whole: str | None = None) -> Credited | None:
    """Read whom a text credits, by its text alone."""
    return credited_in(text, text if whole is None else whole, (), None, outlet)
