"""A crawl's round of its source's entrances: those due, and others in the place of the dead."""

from collections.abc import Iterator, Mapping, Sequence

from crawlers.catalogue import Entrance
from crawlers.job import CrawlJob, KnownEntrance
from crawlers.journal import Look
from crawlers.looks import Looker
from crawlers.page import Poll
from crawlers.polling import is_of_the_host, is_well
from crawlers.urls import host_of


async def poll_entrances(job: CrawlJob, looker: Looker, done: Sequence[Look]) -> list[Look]:
    """Look at each entrance that is due; ask others instead of those that cannot be used.

    Entrances are in order of preference. Where one fails, is stale, or rests because it failed,
    the next one that can be had is asked in its place, also where its own time has not come.
    """
    looks = list(done)
    polls = {look.poll.entrance: look.poll for look in looks if look.poll.part_of is None}

    async def look(entrance: Entrance, stands_in_for: str | None = None) -> None:
        found = await looker.look(entrance, stands_in_for)
        looks.extend(found)
        polls[entrance.url] = found[-1].poll

    states = {known.url: known for known in job.entrances}
    for entrance in job.source.entrances:
        if entrance.url not in polls and _is_due(states.get(entrance.url)):
            await look(entrance, _vacant(entrance, job, states, polls))
    for number, entrance in enumerate(job.source.entrances):
        poll = polls.get(entrance.url)
        if _can_be_used(poll, states.get(entrance.url)):
            continue
        for other in _others(job, number, poll):
            known = states.get(other.url)
            if other.url not in polls and known is not None and known.is_well:
                await look(other, entrance.url)
            if other.url in polls and is_well(polls[other.url]):
                break
    return looks


def _is_due(state: KnownEntrance | None) -> bool:
    return state is None or state.is_due


def _can_be_used(poll: Poll | None, state: KnownEntrance | None) -> bool:
    return is_well(poll) if poll else state is None or state.is_well


def _vacant(
    entrance: Entrance,
    job: CrawlJob,
    states: Mapping[str, KnownEntrance],
    polls: Mapping[str, Poll],
) -> str | None:
    """Find an entrance that failed, or rests, in whose place nothing was found yet."""
    taken = {poll.stands_in_for for poll in polls.values() if is_well(poll)}
    for number, other in enumerate(job.source.entrances):
        state, poll = states.get(other.url), polls.get(other.url)
        is_over = poll is not None or not _is_due(state)
        is_vacant = is_over and not _can_be_used(poll, state) and other.url not in taken
        if is_vacant and entrance in _others(job, number, poll):
            return other.url
    return None


def _others(job: CrawlJob, number: int, poll: Poll | None) -> Iterator[Entrance]:
    """List the other entrances, the next one first, but for those that must fail too."""
    entrances = job.source.entrances
    host = host_of(entrances[number].url)
    for other in (*entrances[number + 1 :], *entrances[:number]):
        if not (poll and is_of_the_host(poll.reason) and host_of(other.url) == host):
            yield other
