"""What came of closed reading studies: agreement, its figures and files, the words to report it."""
