# Looking at ops leaves a cache in the store's directory; it is a store all the same.
mkdir "$ATOMLOOM_STORE"
atomloom ops volume.threshold --names && atomloom cache stats
