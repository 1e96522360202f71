"""The device thread's work, without the thread: what each turn of it brings."""

import queue

from model.prompt import Prompt
from server.engine.device_worker import Delivery, DeviceWorker
from server.engine.token_stream import Abort, Inbox, Submit, TokenStream
from tests.helpers.fakes import FakeChatModel


def started(*texts: str) -> tuple[FakeChatModel, Inbox, DeviceWorker, list[TokenStream]]:
    fake = FakeChatModel()
    inbox: Inbox = queue.SimpleQueue()
    dialogues = [fake.prepare([{"role": "user", "content": [text]}]) for text in texts]
    streams = [TokenStream(dialogue, fake.builder.tokenizer, inbox) for dialogue in dialogues]
    for stream in streams:
        inbox.put(Submit(stream))
    return fake, inbox, DeviceWorker(fake.engine, inbox), streams


def work(worker: DeviceWorker) -> list[Delivery]:
    deliveries = worker.work()
    assert deliveries is not None
    return deliveries


def test_each_step_brings_a_token_to_each_stream() -> None:
    _, _, worker, streams = started("a", "b")
    deliveries = work(worker)
    assert [delivery.stream for delivery in deliveries] == streams
    assert [len(delta.token_ids) for delivery in deliveries for delta in delivery.deltas] == [1, 1]
    while not all(delivery.is_last for delivery in deliveries):
        deliveries = work(worker)
    assert [delivery.deltas[-1].finish_reason for delivery in deliveries] == ["stop", "stop"]
    assert worker.step_s == 0.0


def test_the_wait_in_the_inbox_counts_as_waiting() -> None:
    _, _, worker, (stream,) = started("a")
    stream.submitted_s -= 100.0
    (delivery,) = work(worker)
    assert delivery.group.arrival_s == stream.submitted_s
    assert delivery.group.first_token_s is not None
    assert delivery.group.first_token_s - delivery.group.arrival_s >= 100.0


def test_an_abort_is_the_last_delivery() -> None:
    fake, inbox, worker, (stream,) = started("a")
    work(worker)
    inbox.put(Abort(stream))
    (delivery,) = work(worker)
    assert (delivery.is_last, delivery.deltas[0].finish_reason) == (True, "abort")
    assert fake.engine.is_idle


def test_the_end_aborts_all_that_runs() -> None:
    fake, inbox, worker, _ = started("a", "b")
    work(worker)
    inbox.put(None)
    assert worker.work() is None
    assert fake.engine.is_idle


def test_a_prompt_is_the_dialogues_own() -> None:
    _, _, worker, (stream,) = started("hello")
    (delivery,) = work(worker)
    assert isinstance(stream.dialogue.prompt, Prompt)
    assert delivery.group.sequences[0].num_prompt_tokens == len(stream.dialogue.prompt.input_ids)
