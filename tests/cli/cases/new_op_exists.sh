mkdir mylab.sharpen && atomloom new op mylab.sharpen
