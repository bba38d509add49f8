/** The command line of the set-up checks. */
import { parseArgs } from 'node:util';

export const USAGE = `Looks at the set-up of an environment, or makes what can be made of it.

  npm run doctor                                  the environment of the local system
  npm run doctor -- --environment ID              another environment of it
  npm run doctor -- --environment ID --url URL    of the app at URL; its token in BUSINESS_LAYER_TOKEN
  npm run configure -- --environment ID           makes what is missing, then says what is left to do
  npm run configure -- --settings FILE            with the settings of an environment that has none yet

  --organization USMF --item D0001 --site 1 --warehouse 13    a line whose master data is looked up
  --journal-name IAdj                                         a journal name in use; as often as needed
  --data FOLDER                                               the local system that keeps its data there
  --json                                                      the answer as it came

The exit code is 1 when something fails.
`;

export interface Arguments {
  readonly command: 'doctor' | 'configure';
  readonly environmentId?: string;
  readonly url?: string;
  readonly dataFolder: string;
  readonly settingsFile?: string;
  /** Query of the request. */
  readonly query: URLSearchParams;
  readonly json: boolean;
  readonly help: boolean;
}

/** @throws TypeError naming what was not understood */
export function readArguments(args: readonly string[]): Arguments {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      environment: { type: 'string' },
      url: { type: 'string' },
      data: { type: 'string', default: '.local' },
      settings: { type: 'string' },
      organization: { type: 'string' },
      item: { type: 'string' },
      site: { type: 'string' },
      warehouse: { type: 'string' },
      'journal-name': { type: 'string', multiple: true },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const [command = '', ...others] = positionals;
  if ((command !== 'doctor' && command !== 'configure') || others.length > 0)
    throw new TypeError(`"${positionals.join(' ')}" is not understood; --help says what is`);
  const { environment, url, settings } = values;
  if (url !== undefined && environment === undefined)
    throw new TypeError('--url needs --environment, the id of the environment at that app');
  if (settings !== undefined && command === 'doctor')
    throw new TypeError('--settings goes with "configure"; the doctor changes nothing');
  const query = new URLSearchParams();
  const given = {
    organizationId: values.organization,
    itemNumber: values.item,
    siteId: values.site,
    warehouseId: values.warehouse,
  };
  for (const [name, value] of Object.entries(given)) if (value !== undefined) query.set(name, value);
  for (const name of values['journal-name'] ?? []) query.append('journalName', name);
  return {
    command,
    ...(environment === undefined ? {} : { environmentId: environment }),
    ...(url === undefined ? {} : { url: url.replace(/\/+$/, '') }),
    ...(settings === undefined ? {} : { settingsFile: settings }),
    dataFolder: values.data,
    query,
    json: values.json,
    help: values.help,
  };
}
