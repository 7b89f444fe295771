from warmstart.reports import matrix


def test_an_answer_says_highest_lower_and_not_told_apart(contents):
    found = matrix.answer(contents)
    of_histology = found[found["target"] == "histology"].set_index("source")["verdict"]
    assert of_histology.to_dict() == {
        "imagenet": "highest",
        "textures": "not told apart",
        "photos": "lower",
        "random": "lower",
    }


def test_notes_name_the_reason_once_and_where_it_holds(contents):
    assert matrix.notes(matrix.answer(contents)) == [
        "(lesions): 2 of 3 baseline runs did not converge"
    ]
