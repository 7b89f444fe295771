"""The twelve two-dimensional sets of MedMNIST v2: names of classes, and how many images."""

from collections.abc import Mapping
from dataclasses import dataclass

_ORGANS = (
    *("bladder", "femur-left", "femur-right", "heart", "kidney-left", "kidney-right", "liver"),
    *("lung-left", "lung-right", "pancreas", "spleen"),
)


@dataclass(frozen=True)
class MedmnistSet:
    """What one set holds as published.

    Attributes:
        images: Images in training, validation and test part.
        classes: Names of the classes, or of the yes/no labels, in the order of their numbers.
    """

    images: tuple[int, int, int]
    classes: tuple[str, ...]


MEDMNIST_SETS: Mapping[str, MedmnistSet] = {
    "pathmnist": MedmnistSet(
        (89_996, 10_004, 7_180),
        (
            *("adipose", "background", "debris", "lymphocytes", "mucus", "smooth muscle"),
            *("normal colon mucosa", "cancer-associated stroma"),
            "colorectal adenocarcinoma epithelium",
        ),
    ),
    "chestmnist": MedmnistSet(
        (78_468, 11_219, 22_433),
        (
            *("atelectasis", "cardiomegaly", "effusion", "infiltration", "mass", "nodule"),
            *("pneumonia", "pneumothorax", "consolidation", "edema", "emphysema", "fibrosis"),
            *("pleural", "hernia"),
        ),
    ),
    "dermamnist": MedmnistSet(
        (7_007, 1_003, 2_005),
        (
            *("actinic keratoses and intraepithelial carcinoma", "basal cell carcinoma"),
            *("benign keratosis-like lesions", "dermatofibroma", "melanoma", "melanocytic nevi"),
            "vascular lesions",
        ),
    ),
    "octmnist": MedmnistSet(
        (97_477, 10_832, 1_000),
        ("choroidal neovascularization", "diabetic macular edema", "drusen", "normal"),
    ),
    "pneumoniamnist": MedmnistSet((4_708, 524, 624), ("normal", "pneumonia")),
    "retinamnist": MedmnistSet((1_080, 120, 400), ("0", "1", "2", "3", "4")),
    "breastmnist": MedmnistSet((546, 78, 156), ("malignant", "normal or benign")),
    "bloodmnist": MedmnistSet(
        (11_959, 1_712, 3_421),
        (
            *("basophil", "eosinophil", "erythroblast", "immature granulocyte", "lymphocyte"),
            *("monocyte", "neutrophil", "platelet"),
        ),
    ),
    "tissuemnist": MedmnistSet(
        (165_466, 23_640, 47_280),
        (
            *("collecting duct or connecting tubule", "distal convoluted tubule"),
            *("glomerular endothelial cell", "interstitial endothelial cell", "leukocyte"),
            *("podocyte", "proximal tubule segment", "thick ascending limb"),
        ),
    ),
    "organamnist": MedmnistSet((34_561, 6_491, 17_778), _ORGANS),
    "organcmnist": MedmnistSet((12_975, 2_392, 8_216), _ORGANS),
    "organsmnist": MedmnistSet((13_932, 2_452, 8_827), _ORGANS),
}
