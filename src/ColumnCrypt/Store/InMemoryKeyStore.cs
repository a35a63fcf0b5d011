namespace ColumnCrypt.Store;
