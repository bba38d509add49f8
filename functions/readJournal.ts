import { app } from '@azure/functions';
import { readJournal as read } from '../shared/reading/readJournals.ts';
import { apiHandler, found } from './apiHandler.ts';

/** The journal with all that became of it, and links both ways. */
export const readJournal = apiHandler('Read', async ({ request, layer, environment }) => {
  const id = request.params['journalKey'] ?? '';
  return found(await read(layer, environment, id), `The journal ${id.slice(0, 64)}`);
});

app.http('readJournal', {
  methods: ['GET'],
  authLevel: 'anonymous',
  route: 'api/environment/{environmentId}/journals/{journalKey}',
  handler: readJournal,
});
