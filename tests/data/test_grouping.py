from warmstart.data.readers.grouping import join_groups


def test_a_whole_path_comes_before_a_name_and_a_name_before_a_stem():
    groups = {"p/a.png": "whole", "b.png": "name", "c": "stem"}
    assert join_groups(["p/a.png", "q/b.png", "r/c.png"], groups) == ["whole", "name", "stem"]


def test_a_row_that_is_one_files_path_is_no_other_files_name():
    groups = {"p/00.png": "of p"}
    assert join_groups(["p/00.png", "q/00.png"], groups) == ["of p", None]


def test_a_name_that_several_files_have_is_nobodys():
    assert join_groups(["p/00.png", "q/00.png"], {"00.png": "whose?"}) == [None, None]
