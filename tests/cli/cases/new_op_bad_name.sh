atomloom new op Sharpen
