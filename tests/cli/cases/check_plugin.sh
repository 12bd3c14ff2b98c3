# An op that keeps every rule.
atomloom check-plugin "$BUILD/lib/atomloom/plugins/volume.threshold.so"
