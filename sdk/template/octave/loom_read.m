function value = loom_read(call, port)
  % The value of an input that takes one: arrays by name, axes in the reverse of the order in types.h (density(x, y, z)), and what is
  % known about each. [] for an optional input that is not connected.
  value = [];
  if isempty(call.inputs.(port))
    return
  end
  about = call.values.(port)(1);
  value = struct("type", about.type, "arrays", load("-hdf5", call.inputs.(port)));
  value.about = struct();
  for k = 1:numel(about.arrays)
    value.about.(about.arrays(k).name) = about.arrays(k);
  end
  value.attributes = about.attributes;
end
