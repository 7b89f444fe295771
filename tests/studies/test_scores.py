from warmstart.studies.scores import head_warning


def test_scores_of_a_published_head_on_small_images_are_warned_of():
    names = ["logme", "leep", "size_difference", "nce"]
    assert head_warning("timm", 112, names) == (
        "leep and nce read the published head on images of 112 px; below 160 px it is often wrong: "
        "do not rely on them, or set a larger image_size."
    )
    for start, side, measured in (
        ("timm", 160, names),  # large enough
        ("timm", 112, ["logme"]),  # reads no head
        ("dataset:shapes", 112, names),  # a head trained on images of this size
    ):
        assert head_warning(start, side, measured) is None
