atomloom ops >/dev/null || exit 9
atomloom describ volume.threshold
