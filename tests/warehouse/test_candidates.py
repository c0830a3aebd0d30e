"""What of the warehouse is compared with a batch: few, whatever thousands share."""

from pathlib import Path

import numpy as np

from tests.warehouse.texts import Text, prose, put
from transforms.fingerprint import ROW, read_bands
from warehouse.candidates import BAND_CAP
from warehouse.connection import open_writer


def test_of_a_band_that_many_share_the_oldest_ids_are_read_and_no_more(tmp_path: Path) -> None:
    footer = prose(99, 40)
    ids = [*range(3 * BAND_CAP, 0, -1), 9_999]
    texts = [Text(id=number, body=f"{prose(number, 20)} {footer}") for number in ids]
    with open_writer(tmp_path) as con:
        put(con, texts[:-1])
        put(con, texts[-1:], batch="b2")
        read = con.execute("select band >> 24, article_id from held_bands order by all").fetchall()
        signed = con.execute("select article_id, minhash from signatures order by 1").fetchall()
    bands = read_bands(np.array([np.frombuffer(minhash, ROW) for _, minhash in signed]))
    sharing = [
        (number, [signed[at][0] for at in np.flatnonzero(values[:-1] == values[-1])])
        for number, values in enumerate(bands)
    ]
    assert sum(len(found) > BAND_CAP for _, found in sharing) > 5
    assert read == [(number, one) for number, found in sharing for one in found[:BAND_CAP]]
