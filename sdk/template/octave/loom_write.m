function loom_write(call, port, value)
  % Writes an output. An array that no input had needs its row in value.about: name, dtype (u8, i32, i64, f32, f64), shape (its length
  % is the rank) and unit.
  precision = struct("u8", "uint8", "i32", "int32", "i64", "int64", "f32", "single", "f64", "double");
  names = fieldnames(value.about);
  rows = {};
  for k = 1:numel(names)
    row = value.about.(names{k});
    array = value.arrays.(row.name);
    rank = numel(row.shape);
    lengths = size(array);
    if rank <= 1
      lengths = numel(array)(ones(1, rank));
    else
      lengths(end + 1:rank) = 1;
    end
    row.shape = num2cell(fliplr(lengths));
    row.file = [port "." row.name];
    rows{k} = row;
    f = fopen([call.folder "/" row.file], "w", "ieee-le");
    fwrite(f, array, precision.(row.dtype));
    fclose(f);
  end
  out = struct("type", value.type);
  out.arrays = rows;
  out.attributes = num2cell(value.attributes);
  f = fopen([call.folder "/" port ".out.json"], "w");
  fputs(f, jsonencode(out));
  fclose(f);
end
