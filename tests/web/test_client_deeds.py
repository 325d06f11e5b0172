"""What a person does with what is there, and sees of it at once."""

import pytest
from playwright.sync_api import expect

from tests.api import searchable
from tests.api.live_shards import commit, plan
from tests.api.stories import begin, write_progress
from tests.end_to_end.service import until
from tests.web.quality import MOST_MOVED, moved
from tests.web.web_client import id_of

pytestmark = pytest.mark.slow

TOKENIZATIONS = """query ($id: ID!) { dataset(id: $id) {
    tokenizations { nodes { id status tokenizer recipe { maxLength } } } } }"""
STATUS = "query ($id: ID!) { dataset(id: $id) { status } }"
TOLD = "query ($id: ID!) { dataset(id: $id) { name tags notes language textColumn } }"
DROPPED = """() => {
    const dropped = new DataTransfer();
    dropped.items.add(new File(['one two'], 'dropped.txt'));
    return dropped;
}"""
ROWS = {"train": [{"text": f"a text {number}", "title": f"a title {number}"} for number in range(4)]}


def test_what_a_dataset_is_called_and_what_is_worth_knowing_of_it(client, here, shared_adapters):
    story = begin(shared_adapters, name="Told of").is_ready(ROWS)
    client.open(f"/datasets/{id_of(story)}")
    client.button("Describe").click()
    for label, text in (("Name", "Told"), ("Tags", "news, small"), ("Notes", "Of a Monday.")):
        client.page.get_by_role("dialog").get_by_label(label, exact=True).fill(text)
    client.page.get_by_label("Language of its text").select_option("english")
    client.page.get_by_label("Column that is read as its text").select_option("title")
    client.button("Keep").click()

    expect(client.page.get_by_role("heading", name="Told", exact=True)).to_be_visible()
    for text in ("#news", "#small", "Of a Monday.", "english"):
        client.says(text)
    expect(client.page.get_by_role("listitem").filter(has_text="title")).to_contain_text("read as text")
    assert here.client.ask(TOLD, id=id_of(story)) == {
        "name": "Told",
        "tags": ["news", "small"],
        "notes": "Of a Monday.",
        "language": "english",
        "textColumn": "title",
    }


def test_tokens_are_deleted_once_their_name_and_bytes_were_read(client, here, shared_adapters):
    story = begin(shared_adapters, name="Tokenized").is_ready().asks_for_tokens().is_tokenized()
    client.open(f"/datasets/{id_of(story)}/tokenizations")
    made = client.page.get_by_role("article", name="builtin:byt5, cut at 16 tokens")
    for answer, left in (("Keep", 1), ("Delete", 0)):
        client.button("Delete builtin:byt5, cut at 16 tokens").click()
        dialog = client.page.get_by_role("dialog", name="Delete the tokens of builtin:byt5?")
        expect(dialog).to_contain_text("300 B")
        dialog.get_by_role("button", name=answer, exact=True).click()
        expect(dialog).to_have_count(0)
        expect(made).to_have_count(left)
    assert here.client.ask(TOKENIZATIONS, id=id_of(story))["tokenizations"]["nodes"] == []


def test_lengths_and_progress_of_a_tokenization_grow_while_it_runs(client, shared_adapters):
    story = begin(shared_adapters, name="On its way").is_ready().asks_for_tokens().starts()
    plan(shared_adapters, story)
    client.open(f"/datasets/{id_of(story)}/tokenizations")
    made = client.page.get_by_role("article", name="builtin:byt5, cut at 16 tokens")
    expect(made.get_by_role("progressbar")).to_be_visible()
    for shard, sequences in enumerate((3, 5)):
        commit(shared_adapters, story, shard)
        write_progress(shared_adapters, story, done=sequences, total=5, unit="ROWS")
        expect(made).to_contain_text(f"in {sequences} sequences")
        bars = made.get_by_role("table").locator("td").all_inner_texts()
        assert sum(map(int, bars)) == sequences, "each sequence is in one of the bars"


def test_several_datasets_are_tokenized_at_once(client, here, shared_adapters):
    stories = [begin(shared_adapters, name=f"Of several {number}").is_ready() for number in range(2)]
    client.open()
    for number in range(2):
        client.page.get_by_label(f"Select Of several {number}").check()
    client.page.get_by_role("toolbar").get_by_role("button", name="Tokenize").click()
    dialog = client.page.get_by_role("dialog", name="Tokenize 2 datasets")
    dialog.get_by_label("Longest, in tokens").fill("64")
    dialog.get_by_label("Tokenizer").fill("builtin:byt5")
    dialog.get_by_role("button", name="Tokenize", exact=True).click()
    client.says("Tokenizing 2 datasets.")
    for story in stories:
        [made] = here.client.ask(TOKENIZATIONS, id=id_of(story))["tokenizations"]["nodes"]
        assert (made["status"], made["tokenizer"], made["recipe"]["maxLength"]) == ("QUEUED", "builtin:byt5", 64)


def test_the_trash_gives_back_one_and_is_emptied_of_the_others(client, here, shared_adapters):
    back, *gone = [begin(shared_adapters, name=f"Trashed {number}").is_ready() for number in range(3)]
    gone[1].asks_for_tokens().is_tokenized()
    for story in (back, *gone):
        story.is_trashed()
    client.open("/storage")
    client.button("Restore Trashed 0").click()
    client.says("Restored Trashed 0.")
    client.button("Empty the trash").click()
    dialog = client.page.get_by_role("dialog", name="Remove 2 datasets for good?")
    expect(dialog).to_contain_text("Frees 700 B on disk")
    for number, size in ((1, "200 B"), (2, "500 B")):
        expect(dialog.get_by_role("listitem").filter(has_text=f"Trashed {number}")).to_contain_text(size)
    dialog.get_by_role("button", name="Remove for good").click()
    expect(client.page.get_by_text("Being removed")).to_have_count(2)
    assert here.client.ask(STATUS, id=id_of(back))["status"] == "READY"
    assert {here.client.ask(STATUS, id=id_of(story))["status"] for story in gone} == {"PURGING"}


def test_a_deleted_dataset_is_gone_before_the_answer_and_back_when_that_is_no(client, shared_adapters):
    free, held = (begin(shared_adapters, name=name).is_ready() for name in ("Free", "Held"))
    held.is_referenced()
    waiting = []
    client.page.route(
        "**/graphql",
        lambda route: (
            waiting.append(route) if "DeleteDataset" in (route.request.post_data or "") else route.continue_()
        ),
    )
    client.open()
    for name in ("Free", "Held"):
        client.button(f"Delete {name}").click()
        expect(client.card(name)).to_have_count(0)
    until(lambda: len(waiting) == 2)
    for route in waiting:
        route.continue_()
    client.says("Moved Free to the trash.")
    client.says("training/42")
    expect(client.card("Held")).to_be_visible()
    expect(client.card("Free")).to_have_count(0)
    client.button("Undo").click()
    expect(client.card("Free")).to_be_visible()
    assert free.id != held.id


def test_downloads_and_uploads_are_begun_from_every_page(client, tmp_path):
    (tmp_path / "sent.txt").write_text("one\ntwo\n")
    client.open("/storage")
    client.page.keyboard.press("d")
    expect(client.page.get_by_role("dialog", name="Download a dataset")).to_be_visible()

    client.open("/jobs")
    client.page.get_by_label("Files to upload").set_input_files(tmp_path / "sent.txt")
    expect(client.card("sent.txt")).to_contain_text("Queued")

    client.open("/jobs")
    dropped = client.page.evaluate_handle(DROPPED)
    client.page.get_by_role("banner").dispatch_event("drop", {"dataTransfer": dropped})
    expect(client.card("dropped.txt")).to_contain_text("Queued")


def test_samples_are_narrowed_down_by_a_bar_a_column_and_the_keyboard_alone(client, shared_adapters):
    story = searchable.is_indexed(begin(shared_adapters, name="Read").is_ready(searchable.rows()))
    client.open(f"/datasets/{id_of(story)}/samples")
    expect(client.page.get_by_role("status").filter(has_text="of 50 rows")).to_contain_text("50")
    client.page.locator(".recharts-bar-rectangle").first.click()
    client.button("Remove the filter").click()
    expect(client.button("Remove the filter")).to_have_count(0)
    client.page.get_by_role("group", name="Keep one length only").get_by_role("button").first.focus()
    client.page.keyboard.press("Enter")
    expect(client.button("Remove the filter")).to_have_count(1)
    client.page.wait_for_url("**words=*")

    client.button("Filter by a column").click()
    client.page.get_by_label("Column", exact=True).select_option("stars")
    client.page.get_by_label("Test", exact=True).select_option("equals")
    client.page.get_by_label("Value", exact=True).fill("3")
    client.button("Add").click()
    expect(client.button("Remove the filter stars is 3")).to_be_visible()
    client.page.get_by_role("button", name="Remove the filter").first.click()
    expect(client.button("Remove the filter")).to_have_count(1)


def test_nothing_moves_while_much_of_it_changes(client, shared_adapters):
    stories = [begin(shared_adapters, name=f"Running {n}").starts().is_pinned() for n in range(30)]
    client.open()
    expect(client.card("Running 29")).to_be_visible()
    for done in range(10, 1000, 110):
        for story in stories:
            write_progress(shared_adapters, story, done)
    expect(client.card("Running 29").get_by_role("progressbar")).to_have_attribute("aria-valuenow", "89")
    stories[29].fails()
    expect(client.card("Running 29")).to_contain_text("The Hub cannot be reached: try again later.")
    assert moved(client.page) < MOST_MOVED


def test_jobs_are_shown_to_the_oldest(client, here, shared_adapters):
    for number in range(55):
        begin(shared_adapters, name=f"Job {number}")
    client.open("/jobs?group=working")
    rows = (
        client.page.get_by_role("list", name="Jobs")
        .get_by_role("listitem")
        .filter(has_not=client.button("Show older ones"))
    )
    expect(rows).to_have_count(50)
    client.button("Show older ones").click()
    total = here.client.ask("{ jobs(filter: {status: [QUEUED, RUNNING, CANCELLING]}) { totalCount } }")["totalCount"]
    expect(rows).to_have_count(total)
    begin(shared_adapters, name="The newest")
    expect(rows.first).to_contain_text("The newest")
    expect(rows).to_have_count(total + 1)
