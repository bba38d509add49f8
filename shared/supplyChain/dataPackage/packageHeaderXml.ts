/** PackageHeader.xml of a data package: what kind of package it is. */
import { PACKAGE_NAMESPACES } from './packageNamespace.ts';
import { xmlText } from './xmlText.ts';

const MANIFEST_TYPE =
  'Microsoft.Dynamics.AX.Framework.Tools.DataManagement.Serialization.DataManagementPackageManifest';

export function packageHeaderXml(name: string): string {
  return (
    '<?xml version="1.0" encoding="utf-8"?>\r\n' +
    `<DataManagementPackageHeader ${PACKAGE_NAMESPACES}>\r\n` +
    `  <Description>${xmlText(name)}</Description>\r\n` +
    `  <ManifestType>${MANIFEST_TYPE}</ManifestType>\r\n` +
    '  <PackageType>DefinitionGroup</PackageType>\r\n' +
    '  <PackageVersion>2</PackageVersion>\r\n' +
    '</DataManagementPackageHeader>\r\n'
  );
}
