"""Recipe, augmentation, the one readable loop, pretrain and finetune."""
