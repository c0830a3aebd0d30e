"""One spelling for matching, and signatures that find near-duplicates."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.transforms.pages import PARAGRAPHS
from transforms.fingerprint import BANDS, ROW, Fingerprint, band_hashes, fingerprint
from transforms.normalise import normalise_text

TEXT = "\n".join(PARAGRAPHS)
URDU = (
    "پشاور میں دریا پر نیا پل کھول دیا گیا ہے ضلعی حکام کے مطابق ۱۲ ٹن تک کی گاڑیاں گزر سکیں گی "
    * 3
)
VARIANT = URDU.replace("ی", "ي").replace("ک", "ك").replace("۱۲", "12").replace("ہ", "ه")


def estimate(one: Fingerprint, other: Fingerprint) -> float:
    rows = [np.frombuffer(print_.minhash, ROW) for print_ in (one, other)]
    return float(np.mean(rows[0] == rows[1]))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (URDU, VARIANT),
        ("می‌روم", "میروم"),
        ("ﻻ ﷲ", "لا الله"),
        ("مُحَمَّد", "محمد"),
        ("٤٢", "42"),
        ("Straße “ISPR” – No. ①", 'STRASSE "ispr" - no. 1'),
        ("a\u00a0 b\n\tc", "A B C"),
        ("café", "cafe\u0301"),
    ],
)
def test_variants_have_one_normal_form(one: str, other: str) -> None:
    assert normalise_text(one) == normalise_text(other)


@given(st.text(max_size=60))
def test_normalising_twice_changes_nothing(text: str) -> None:
    once = normalise_text(text)
    assert normalise_text(once) == once


def test_orthographic_variants_share_their_bands_and_hashes() -> None:
    one, other = fingerprint("پل", URDU), fingerprint("پل", VARIANT)
    assert one == other
    assert band_hashes(one.minhash) == band_hashes(other.minhash)


def test_a_cut_copy_shares_a_band_and_a_stranger_none() -> None:
    whole = fingerprint(None, TEXT)
    cut = fingerprint(None, "\n".join(PARAGRAPHS[:3]))
    stranger = fingerprint(None, "The council opened a school in the village of Tor Ghar. " * 9)
    assert set(band_hashes(whole.minhash)) & set(band_hashes(cut.minhash))
    assert not set(band_hashes(whole.minhash)) & set(band_hashes(stranger.minhash))
    assert abs(estimate(whole, cut) - cut.shingle_count / whole.shingle_count) < 0.12


def test_content_hash_covers_the_headline_and_text_hash_does_not() -> None:
    one, other = fingerprint("Four killed", TEXT), fingerprint("Five killed", TEXT)
    assert one.text_hash == other.text_hash
    assert one.content_hash != other.content_hash
    assert fingerprint("FOUR  killed!", TEXT.replace(",", "")).content_hash == one.content_hash


def test_a_text_without_three_words_has_no_signature() -> None:
    none = fingerprint("Bridge", "two words")
    assert (none.shingle_count, none.minhash, band_hashes(none.minhash)) == (0, b"", [])


def test_hashes_fit_a_signed_bigint_and_never_change() -> None:
    known = fingerprint("Bridge reopens", TEXT)
    assert all(-(1 << 31) <= number < 1 << 31 for number in band_hashes(known.minhash))
    assert len(set(band_hashes(known.minhash))) == BANDS
    # Stored signatures are compared for years: a change here needs a new ALGORITHM_VERSION.
    assert (known.text_hash, known.shingle_count) == (TEXT_HASH, 123)
    assert band_hashes(known.minhash)[:2] == FIRST_BANDS


TEXT_HASH = 6048144162581507049
FIRST_BANDS = [611887727, 197654040]
