"""What a person can ask of a school that has their face: that it is erased, in time and with proof."""
