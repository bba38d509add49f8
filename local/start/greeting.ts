/** What the local start prints once everything runs. */
import { megabytes } from '../azurite/storageGuard.ts';
import type { RunningFile } from './runningFile.ts';

export interface GreetingParts {
  readonly running: RunningFile;
  readonly token: string;
  readonly dataFolder: string;
  readonly dataBytes: number;
}

export function greeting({ running, token, dataFolder, dataBytes }: GreetingParts): string {
  const api = `${running.functionsUrl}/api/environment/${running.environmentId}`;
  const body = JSON.stringify([
    {
      id: 'receipt-1-line-1',
      organizationId: 'USMF',
      productId: 'T0001',
      quantityDataSource: 'pos',
      physicalMeasure: 'inbound',
      dimensions: { siteId: '1', locationId: '13', ColorId: 'Red' },
      quantity: 5,
      externalReferenceCategory: 'Purchase receipt',
      externalReferenceId: 'receipt-1',
    },
  ]);
  return `
The business layer is running.

  Adjustments       ${api}/transaction/adjustment/bulk
  Dynamics (local)  ${running.dynamicsUrl}
  Data              ${dataFolder} (${megabytes(dataBytes)} MB); "npm start -- --reset" forgets it

A token for the API, good for one hour:

TOKEN='${token}'

Post an adjustment; after a minute it stands in a posted journal:

curl -sS '${api}/transaction/adjustment/bulk' -H 'Api-Version: 1.0' -H 'Content-Type: application/json' -H "Authorization: Bearer $TOKEN" --data '${body}'

Then read the line:

curl -sS '${api}/adjustmentLines?organizationId=USMF&id=receipt-1-line-1' -H 'Api-Version: 1.0' -H "Authorization: Bearer $TOKEN"

Ctrl-C stops everything; the data is kept.
`;
}
