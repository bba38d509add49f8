/** Planted bugs in what is asked before people decide, and in what answers are taken for. */
import { inSource, type PlantedBug } from './plantedBug.ts';

export const DECISION_BUGS: readonly PlantedBug[] = [
  inSource(
    'a verdict on what may be in SCM is taken at once',
    'shared/decisions/scmFacts.ts',
    'if (now > until) continue;',
    'if (now >= 0) continue;',
  ),
  inSource(
    'a verdict does not wait for what SCM may still be working on',
    'shared/decisions/scmFacts.ts',
    'submission.tokenExpiresAt + boundMs',
    'submission.tokenExpiresAt',
  ),
  {
    name: 'a line is closed while its submission is on its way',
    source: [
      {
        file: 'shared/decisions/closeLine.ts',
        from: '  assertNothingOnItsWay(question);\n',
        to: '',
      },
      {
        file: 'shared/decisions/closeLine.ts',
        from: "if (status === 'Created' && !sent) return;",
        to: "if (status === 'Created') return;",
      },
    ],
  },
  {
    name: 'a line is sent again although nobody knows what became of it',
    source: [
      {
        file: 'shared/decisions/resendLine.ts',
        from: "if (outcome.status !== 'FnOTransCreateError' && ",
        to: "if (!['FnOTransCreateError', 'FnOSyncEnqueued', 'Created'].includes(outcome.status) && ",
      },
      {
        file: 'shared/posting/requestedLines.ts',
        from: ".positionsWith('FnOTransCreateError')\n    .filter(",
        to: ".positionsWith('FnOTransCreateError', 'FnOSyncEnqueued', 'Created')\n    .filter(",
      },
    ],
  },
  inSource(
    'an answer is taken for the newest submission, whichever it is of',
    'shared/posting/noteAnswer.ts',
    'const index = state.submissions.findIndex(({ id, at }) => id === submission.id && at === submission.at);',
    'const index = submission && state.submissions.length - 1;',
  ),
  {
    name: 'the token of a submission is renewed when it goes out',
    ports: {
      supplyChain: (port) => ({
        ...port,
        send: async (_token, company, submissionId, zip) =>
          port.send(await port.token(), company, submissionId, zip),
      }),
    },
  },
  inSource(
    'a repeat is judged by the settings of now alone',
    'shared/posting/resend.ts',
    'const targets = [...submissions.map(({ target }) => target), next];',
    'const targets = [submissions, next].slice(1) as SubmissionTarget[];',
  ),
  inSource(
    'a submission carries lines that were sent before',
    'shared/posting/postJournalPackage.ts',
    'if (missing.length > 0) return missing;',
    'if (missing.length > 0) return [...outcome.lines().keys()];',
  ),
  inSource(
    'a verdict on what may be in the cache is taken at once',
    'shared/redrive/judgeLines.ts',
    'if (now > from) return;',
    'if (now >= 0) return;',
  ),
];
