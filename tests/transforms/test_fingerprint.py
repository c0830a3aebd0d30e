"""One spelling for matching, and signatures that find near-duplicates."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.transforms.pages import PARAGRAPHS
from transforms.fingerprint import (
    BAND_VALUES,
    BANDS,
    PERMUTATIONS,
    ROW,
    Fingerprint,
    Signatures,
    estimate_jaccard,
    fingerprint,
    read_bands,
)
from transforms.normalise import normalise_text

TEXT = "\n".join(PARAGRAPHS)
URDU = (
    "پشاور میں دریا پر نیا پل کھول دیا گیا ہے ضلعی حکام کے مطابق ۱۲ ٹن تک کی گاڑیاں گزر سکیں گی "
    * 3
)
VARIANT = URDU.replace("ی", "ي").replace("ک", "ك").replace("۱۲", "12").replace("ہ", "ه")


def signed(*prints: Fingerprint) -> Signatures:
    return np.array([np.frombuffer(print_.minhash, ROW) for print_ in prints])


def estimate(one: Fingerprint, other: Fingerprint) -> float:
    return float(estimate_jaccard(*signed(one, other)))


def share_a_band(one: Fingerprint, other: Fingerprint) -> bool:
    bands = read_bands(signed(one, other))
    return bool((bands[:, 0] == bands[:, 1]).any())


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


def test_orthographic_variants_share_their_signature_and_hashes() -> None:
    one, other = fingerprint("پل", URDU), fingerprint("پل", VARIANT)
    assert one == other


def test_a_cut_copy_shares_a_band_and_a_stranger_none() -> None:
    whole = fingerprint(None, TEXT)
    cut = fingerprint(None, "\n".join(PARAGRAPHS[:3]))
    stranger = fingerprint(None, "The council opened a school in the village of Tor Ghar. " * 9)
    assert share_a_band(whole, cut)
    assert not share_a_band(whole, stranger)
    assert abs(estimate(whole, cut) - cut.shingle_count / whole.shingle_count) < 0.12


def test_content_hash_covers_the_headline_and_text_hash_does_not() -> None:
    one, other = fingerprint("Four killed", TEXT), fingerprint("Five killed", TEXT)
    assert one.text_hash == other.text_hash
    assert one.content_hash != other.content_hash
    assert fingerprint("FOUR  killed!", TEXT.replace(",", "")).content_hash == one.content_hash


def test_a_text_without_three_words_has_no_signature() -> None:
    none = fingerprint("Bridge", "two words")
    assert (none.shingle_count, none.minhash) == (0, b"")


def test_hashes_fit_a_signed_bigint_and_never_change() -> None:
    known = fingerprint("Bridge reopens", TEXT)
    # Stored signatures are compared for years: a change here needs a new ALGORITHM_VERSION.
    assert (known.text_hash, known.shingle_count) == (TEXT_HASH, 123)
    assert known.minhash[:6].hex() == FIRST_ROWS


def test_each_band_is_three_rows_and_all_bands_are_all_rows() -> None:
    some = np.arange(2 * PERMUTATIONS, dtype=np.uint16).astype(ROW).reshape(2, PERMUTATIONS)
    bands = read_bands(some)
    assert bands.shape == (BANDS, 2)
    assert bands[1].tolist() == [3 + (4 << 8) + (5 << 16), 195 + (196 << 8) + (197 << 16)]
    assert len(set(bands[:, 0].tolist())) == BANDS
    assert bands.max() < BAND_VALUES


def test_strangers_are_estimated_to_share_nothing_and_equals_everything() -> None:
    draw = np.random.default_rng(1)
    one, other = draw.integers(0, 256, (2, 10_000, PERMUTATIONS), dtype=np.uint8)
    assert np.mean(one == other) > 0.0035
    assert estimate_jaccard(one, other).mean() < 0.003
    assert (estimate_jaccard(one, one) == 1).all()
    half = np.where(draw.random(one.shape) < 0.5, one, other)
    assert abs(estimate_jaccard(one, half).mean() - 0.5) < 0.002


TEXT_HASH = 6048144162581507049
FIRST_ROWS = "dca7463066a3"
