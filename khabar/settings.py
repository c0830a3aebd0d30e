"""Settings from the environment (`KHABAR_*`): the only place that reads it."""

from functools import lru_cache
from pathlib import Path

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

BUNDLED_CATALOGUE = Path(__file__).parent.parent / "crawlers" / "sources"


class Settings(BaseSettings):
    """Where things lie, who we say we are, and what the demo may reach."""

    model_config = SettingsConfigDict(env_prefix="KHABAR_", extra="forbid", frozen=True)

    home: Path = Field(default=Path("data"), description="Folder of everything that lies still")
    catalogue: Path = Field(default=BUNDLED_CATALOGUE, description="Folder of bundled source files")
    contact: str = Field(
        default="https://khabar.invalid/contact",
        description="Address or page in the user agent, where an outlet can reach you",
    )
    loopback: str = Field(
        default="",
        description="Exact host:port pairs on loopback that a crawl may reach (demo and tests)",
    )
    port: int = Field(default=8080, ge=1, le=65535, description="Port of Airflow's UI")

    @field_validator("home", "catalogue")
    @classmethod
    def _absolute(cls, path: Path) -> Path:
        return path.expanduser().resolve()

    @property
    def folders(self) -> tuple[Path, ...]:
        """Folders of source files; a later one overrides an earlier one."""
        return (self.catalogue, self.home / "sources")

    @property
    def loopback_pairs(self) -> frozenset[str]:
        """`host:port` pairs exempt from the guard against private addresses."""
        return frozenset(self.loopback.replace(",", " ").split())


@lru_cache(maxsize=1)
def read_settings() -> Settings:
    """Read the environment once."""
    return Settings()
