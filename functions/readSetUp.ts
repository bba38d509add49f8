import { app } from '@azure/functions';
import { examineSetUp } from '../shared/setUp/doctor.ts';
import { readSetUpQuestion } from '../shared/setUp/setUpQuestion.ts';
import { apiHandler } from './apiHandler.ts';
import { outbound } from './composition.ts';

/** Looks at the set-up of both Dynamics sides; nothing is changed. */
export const readSetUp = apiHandler('Operate', async ({ request, environment: { settings } }) => ({
  jsonBody: await examineSetUp({ ...outbound, settings, ...readSetUpQuestion(request.query) }),
}));

app.http('readSetUp', {
  methods: ['GET'],
  authLevel: 'anonymous',
  route: 'api/environment/{environmentId}/doctor',
  handler: readSetUp,
});
