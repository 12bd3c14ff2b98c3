# Each rule that is broken says how; the exit status is that of bad data.
for name in writes_past_scratch exits loses_origin misnamed_optional; do
  atomloom check-plugin "$BUILD/tests/plugins_bad/$name.so" --brief
done
