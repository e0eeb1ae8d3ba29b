"""What is done against a fenced site beside the fence itself: each is read back, and none of them is a proof."""
