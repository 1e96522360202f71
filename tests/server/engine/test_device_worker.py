"""The device worker reads messages, computes a step and collects updates. No thread is needed."""

import queue

import pytest

from model.prompt import Prompt
from server.engine.device_worker import DeviceWorker, StreamUpdate
from server.engine.token_stream import Abort, Inbox, Submit, TokenStream
from tests.helpers.fakes import FakeChatModel


def start(*texts: str) -> tuple[FakeChatModel, Inbox, DeviceWorker, list[TokenStream]]:
    fake = FakeChatModel()
    inbox: Inbox = queue.SimpleQueue()
    dialogues = [fake.prepare([{"role": "user", "content": [text]}]) for text in texts]
    streams = [TokenStream(dialogue, fake.builder.tokenizer, inbox) for dialogue in dialogues]
    for stream in streams:
        inbox.put(Submit(stream))
    return fake, inbox, DeviceWorker(fake.engine, inbox), streams


def work(worker: DeviceWorker) -> list[StreamUpdate]:
    updates = worker.work()
    assert updates is not None
    return updates


def test_each_step_brings_a_token_to_each_stream() -> None:
    _, _, worker, streams = start("a", "b")
    updates = work(worker)
    assert [update.stream for update in updates] == streams
    assert [len(delta.token_ids) for update in updates for delta in update.deltas] == [1, 1]
    while not all(update.is_last for update in updates):
        updates = work(worker)
    assert [update.deltas[-1].finish_reason for update in updates] == ["stop", "stop"]
    assert worker.step_number is None


def test_the_time_in_the_inbox_counts_as_waiting() -> None:
    _, _, worker, (stream,) = start("a")
    stream.submitted_s -= 100.0
    (update,) = work(worker)
    assert update.group is not None
    assert update.group.arrival_s == stream.submitted_s
    assert update.group.first_token_s is not None
    assert update.group.first_token_s - update.group.arrival_s >= 100.0


def test_an_abort_gives_the_last_update() -> None:
    fake, inbox, worker, (stream,) = start("a")
    work(worker)
    inbox.put(Abort(stream))
    (update,) = work(worker)
    assert (update.is_last, update.deltas[0].finish_reason) == (True, "abort")
    assert fake.engine.is_idle


def test_the_end_aborts_everything_that_runs() -> None:
    fake, inbox, worker, _ = start("a", "b")
    work(worker)
    inbox.put(None)
    assert worker.work() is None
    assert fake.engine.is_idle


def test_a_group_has_the_prompt_of_its_dialogue() -> None:
    _, _, worker, (stream,) = start("hello")
    (update,) = work(worker)
    assert isinstance(stream.dialogue.prompt, Prompt)
    assert update.group is not None
    assert update.group.sequences[0].num_prompt_tokens == len(stream.dialogue.prompt.input_ids)


@pytest.mark.parametrize(("is_shared", "expected"), [(False, [0, 32, 0, 0, 32]), (True, [0, 32, 32, 32, 32])])
def test_owners_find_only_their_own_in_the_cache_unless_it_is_shared(is_shared: bool, expected: list[int]) -> None:
    fake = FakeChatModel()
    inbox: Inbox = queue.SimpleQueue()
    worker = DeviceWorker(fake.engine, inbox, is_shared)
    dialogue = fake.prepare([{"role": "user", "content": ["x" * 40]}])
    found = []
    for owner in ("a", "a", "b", "", ""):
        inbox.put(Submit(TokenStream(dialogue, fake.builder.tokenizer, inbox, owner=owner)))
        (update,) = work(worker)
        while not update.is_last:
            (update,) = work(worker)
        assert update.group is not None
        assert update.group.owner == owner
        found.append(update.group.num_cached)
    assert found == expected
