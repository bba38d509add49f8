/** Namespaces of the two XML documents of a data package; another one imports nothing, without an error. */
export const PACKAGE_NAMESPACES =
  'xmlns:i="http://www.w3.org/2001/XMLSchema-instance" xmlns="http://schemas.microsoft.com/dynamics/2015/01/DataManagement"';
