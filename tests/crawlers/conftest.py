from datetime import UTC, datetime
from pathlib import Path

import pytest

from crawlers.batch import Batch, new_batch_id


@pytest.fixture
def batch(tmp_path: Path) -> Batch:
    """Name the batch of an import."""
    home = tmp_path / "home"
    return Batch(id=new_batch_id(datetime(2026, 11, 22, tzinfo=UTC), "import", "one"), home=home)
