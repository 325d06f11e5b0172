"""Recipes that are kept, as the form of tokenizing has them, and what it is told but does not keep."""

import pytest
from playwright.sync_api import expect

from api.ids import global_id
from tests.api.stories import begin

pytestmark = pytest.mark.slow

SAVE = "mutation ($input: SavePresetInput!) { savePreset(input: $input) { preset { id } errors { message } } }"
PRESETS = "{ presets { nodes { name tokenizer recipe { mode maxLength template onError } } } }"
RECIPES = """query ($id: ID!) { dataset(id: $id) {
    tokenizations { nodes { tokenizer recipe { mode maxLength template onError } } } } }"""
TEMPLATE = "{title}: {text}"
ROWS = {"train": [{"text": f"a text {number}", "title": f"a title {number}"} for number in range(4)]}


@pytest.fixture
def form(client, shared_adapters):
    """The form of a dataset of its own, whose id is given."""

    def opened(name):
        dataset = global_id("Dataset", begin(shared_adapters, name=name).is_ready(ROWS).id)
        client.open(f"/datasets/{dataset}/tokenizations")
        return dataset

    return opened


def preset(client, name):
    return client.page.get_by_role("group", name="Presets").get_by_role("button", name=name, exact=True)


def test_a_recipe_is_kept_chosen_again_and_removed(client, here, form):
    form("Kept")
    client.page.get_by_label("Tokenizer", exact=True).fill("builtin:byt5")
    client.page.get_by_label("Longest, in tokens").fill("77")
    client.button("Keep this").click()
    client.page.get_by_label("Name of the preset").fill("Of mine")
    client.page.keyboard.press("Enter")
    expect(preset(client, "Of mine")).to_have_attribute("aria-pressed", "true")

    preset(client, "Train").click()
    expect(preset(client, "Of mine")).to_have_attribute("aria-pressed", "false")
    preset(client, "Of mine").click()
    expect(client.page.get_by_label("Longest, in tokens")).to_have_value("77")

    client.button("Remove the preset Of mine").click()
    expect(preset(client, "Of mine")).to_have_count(0)
    assert "Of mine" not in [kept["name"] for kept in here.client.ask(PRESETS)["nodes"]]
    client.button("Undo").click()
    expect(preset(client, "Of mine")).to_be_visible()


def test_what_the_form_has_no_field_for_goes_on_with_a_preset(client, here, form):
    recipe = {"maxLength": 99, "template": TEMPLATE, "onError": "SKIP"}
    here.client.ask(SAVE, input={"name": "Joined", "tokenizer": "builtin:byt5", "recipe": recipe})
    dataset = form("Joined texts")
    preset(client, "Joined").click()
    client.says(f"template {TEMPLATE}")
    client.page.get_by_label("Longest, in tokens").fill("98")
    client.says(f"template {TEMPLATE}")
    client.page.get_by_role("button", name="Tokenize", exact=True).click()
    expect(client.page.get_by_role("article", name="builtin:byt5, cut at 98 tokens")).to_be_visible()
    [made] = here.client.ask(RECIPES, id=dataset)["tokenizations"]["nodes"]
    assert made["recipe"] == {"mode": "TRUNCATE", "maxLength": 98, "template": TEMPLATE, "onError": "SKIP"}

    preset(client, "Read each text").click()
    expect(client.page.get_by_text(f"template {TEMPLATE}")).to_have_count(0)


def test_all_that_were_kept_are_offered(client, here, form):
    for number in range(101):
        kept = {"name": f"Of many {number}", "tokenizer": None, "recipe": {"maxLength": 1_000 + number}}
        assert here.client.ask(SAVE, input=kept)["errors"] == []
    form("Of many")
    offered = client.page.get_by_role("group", name="Presets").get_by_role("button", name="Remove the preset Of many")
    expect(offered).to_have_count(101)


def test_a_token_goes_with_the_request_and_stays_nowhere(client, form):
    form("Behind a gate")
    client.page.get_by_label("Tokenizer", exact=True).fill("acme/gated")
    field = client.page.get_by_label("Access token")
    expect(field).to_have_attribute("type", "password")
    field.fill("hf_planted")
    with client.page.expect_request(lambda asked: "TokenizeDataset(" in (asked.post_data or "")) as sent:
        client.page.get_by_role("button", name="Tokenize", exact=True).click()
    assert sent.value.post_data_json["variables"]["input"]["accessToken"] == "hf_planted"
    expect(field).to_have_value("")
    kept = client.page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])")
    assert "hf_planted" not in kept
