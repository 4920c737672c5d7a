"""A drift guard (reference §8.2-40): where slack_sdk knows a limit too, both say the same."""

import pytest
from slack_sdk.models import blocks as sdk
from slack_sdk.models.views import View

from bot.blocks import limits


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (limits.ID, sdk.Block.block_id_max_length),
        (limits.ID, sdk.InteractiveElement.action_id_max_length),
        (limits.SECTION_FIELDS, sdk.SectionBlock.fields_max_length),
        (limits.SECTION_TEXT, sdk.SectionBlock.text_max_length),
        (limits.HEADER_TEXT, sdk.HeaderBlock.text_max_length),
        (limits.CONTEXT_ELEMENTS, sdk.ContextBlock.elements_max_length),
        (limits.ACTIONS_ELEMENTS, sdk.ActionsBlock.elements_max_length),
        (limits.INPUT_LABEL, sdk.InputBlock.label_max_length),
        (limits.INPUT_HINT, sdk.InputBlock.hint_max_length),
        (limits.URL, sdk.ImageBlock.image_url_max_length),
        (limits.ALT_TEXT, sdk.ImageBlock.alt_text_max_length),
        (limits.IMAGE_TITLE, sdk.ImageBlock.title_max_length),
        (limits.MARKDOWN_TEXT, sdk.MarkdownBlock.text_max_length),
        (limits.BUTTON_TEXT, sdk.ButtonElement.text_max_length),
        (limits.BUTTON_VALUE, sdk.ButtonElement.value_max_length),
        (limits.OPTION_TEXT, sdk.Option.label_max_length),
        (limits.OPTION_VALUE, sdk.Option.value_max_length),
        (limits.OPTIONS, sdk.SelectElement.options_max_length),
        (limits.OVERFLOW_OPTIONS, sdk.OverflowMenuElement.options_max_length),
        (limits.PLACEHOLDER, sdk.InputInteractiveElement.placeholder_max_length),
        (limits.CONFIRM_TITLE, sdk.ConfirmObject.title_max_length),
        (limits.CONFIRM_TEXT, sdk.ConfirmObject.text_max_length),
        (limits.CONFIRM_BUTTON, sdk.ConfirmObject.confirm_max_length),
        (limits.VIEW_TITLE, View.title_max_length),
        (limits.BLOCKS_PER_VIEW, View.blocks_max_length),
        (limits.PRIVATE_METADATA, View.private_metadata_max_length),
    ],
)
def test_our_limit_is_the_one_of_slack_sdk(ours, theirs):
    assert ours == theirs
