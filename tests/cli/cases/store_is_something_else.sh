# A directory that holds something else is not taken for a store.
mkdir photos && touch photos/cat.jpg
atomloom cache ls --store photos
