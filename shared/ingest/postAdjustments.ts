/**
 * Takes a posting in: bytes → lines → what the log knows of them → what the settings say of the new ones → one append
 * per legal entity → results in request order. Identity comes first: a line that is stored already is answered as what
 * it is, whatever today's settings are. Everything is validated before anything is written.
 */
import { acceptLine } from '../adjustments/acceptLine.ts';
import type { LineProblem, SubmittedLine } from '../adjustments/adjustmentLine.ts';
import { fingerprint } from '../adjustments/canonicalForm.ts';
import { organizationKey } from '../adjustments/keys.ts';
import { lineRecordId } from '../adjustments/lineRecordId.ts';
import { parseAdjustments } from '../adjustments/parseAdjustments.ts';
import type { BusinessLayer, Environment } from '../app/businessLayer.ts';
import type { AppendLine, AppendOutcome } from '../log/appendGroup.ts';
import { DependencyError } from '../runtime/dependencyError.ts';
import { inlineSync } from './inlineSync.ts';
import { type LineResult, lineResults } from './lineResults.ts';

export interface PostingOptions {
  /** Synchronize the accepted lines to the cache before answering. */
  readonly createWithIVSync: boolean;
  /** Say what would happen, write nothing. */
  readonly validateOnly: boolean;
  /** Accept the valid lines and report the others, instead of refusing all. */
  readonly lenient: boolean;
}

export type PostingAnswer =
  /** Nothing was written. */
  | { readonly kind: 'invalid'; readonly problems: readonly LineProblem[] }
  /** `conflict` and `partial` say that some of the lines were not accepted; all others are durable. */
  | { readonly kind: 'done' | 'conflict' | 'partial'; readonly results: readonly LineResult[] };

/** A line on its way in. */
export interface IncomingLine extends AppendLine {
  /** From 0, in the request. */
  readonly position: number;
  readonly id: string;
  readonly organizationId: string;
  readonly organizationKey: string;
  /** What the settings say against it, should it be new. */
  readonly problems: readonly LineProblem[];
}

/** @throws RefusedRequestError, BatchTooLargeError, DependencyError */
export async function postAdjustments(
  layer: BusinessLayer,
  environment: Environment,
  body: Uint8Array,
  options: PostingOptions,
): Promise<PostingAnswer> {
  const { ids, incoming, found } = received(body, environment, layer.parts.runtime.clock.now());
  const refused = await unknownAmong(
    layer,
    environment,
    incoming.filter((line) => line.line === undefined),
  );
  const problems = [...found, ...[...refused].flatMap((line) => line.problems)].sort(
    (a, b) => a.line - b.line,
  );
  if (problems.length > 0 && !options.lenient) return { kind: 'invalid', problems };
  const welcome = refused.size === 0 ? incoming : incoming.filter((line) => !refused.has(line));
  const outcomes = options.validateOnly
    ? await foresee(layer, environment, welcome)
    : await append(layer, environment, welcome, body.length, options);
  const overtaken = welcome.filter((line) => outcomes[line.position]?.kind === 'refused');
  if (overtaken.length > 0)
    throw new DependencyError('Table Storage', 'lines that were known are gone; post the request again');
  const results = await lineResults(layer, environment, {
    ids,
    incoming: welcome,
    outcomes,
    problems,
    options,
  });
  if (results.some(({ processingStatus }) => processingStatus === 'conflict'))
    return { kind: 'conflict', results };
  return { kind: problems.length > 0 ? 'partial' : 'done', results };
}

/** What came, before the log is asked. The parsed request itself, which is large, ends here. */
function received(
  body: Uint8Array,
  environment: Environment,
  now: number,
): {
  readonly ids: readonly (string | undefined)[];
  readonly incoming: readonly IncomingLine[];
  /** Against the form of lines; those lines are not among the incoming. */
  readonly found: readonly LineProblem[];
} {
  const { lines, ids, problems } = parseAdjustments(body, environment.settings.limits.maxLinesPerRequest);
  const incoming: IncomingLine[] = [];
  for (const [position, line] of lines.entries())
    if (line !== undefined) incoming.push(incomingLine(line, position, environment, now));
  return { ids, incoming, found: problems };
}

function incomingLine(
  content: SubmittedLine,
  position: number,
  { key, settings }: Environment,
  now: number,
): IncomingLine {
  const { id, organizationId } = content;
  const ownKey = organizationKey(organizationId);
  const accepted = acceptLine(content, position, settings, now);
  const isAccepted = !Array.isArray(accepted);
  return {
    position,
    id,
    organizationId,
    organizationKey: ownKey,
    digest: lineRecordId(key, ownKey, id),
    fingerprint: fingerprint(content),
    content,
    line: isAccepted ? accepted : undefined,
    problems: isAccepted ? NONE : accepted,
  };
}

const NONE: readonly never[] = [];

/** By position in the request; undefined for lines that the log was not asked about. */
type Outcomes = readonly (AppendOutcome | undefined)[];

/** Those of the lines that the log does not know. */
async function unknownAmong(
  layer: BusinessLayer,
  environment: Environment,
  lines: readonly IncomingLine[],
): Promise<ReadonlySet<IncomingLine>> {
  const outcomes = await foresee(layer, environment, lines);
  return new Set(
    lines.filter(({ position }) => ['accepted', 'refused'].includes(outcomes[position]?.kind ?? 'refused')),
  );
}

/** How the lines would come out if they were appended now. */
async function foresee(
  layer: BusinessLayer,
  environment: Environment,
  lines: readonly IncomingLine[],
): Promise<Outcomes> {
  const outcomes: (AppendOutcome | undefined)[] = [];
  await eachLegalEntity(lines, async (own, organizationId) => {
    const identities = await layer.writer(environment, organizationId).identify(own);
    own.forEach((line, index) => {
      const identity = identities[index];
      if (identity?.kind === 'known')
        outcomes[line.position] = {
          kind: identity.sameContent ? 'duplicate' : 'conflict',
          seq: identity.seq,
          position: identity.position,
        };
      else
        outcomes[line.position] = line.line ? { kind: 'accepted', seq: 0, position: 0 } : { kind: 'refused' };
    });
  });
  return outcomes;
}

async function append(
  layer: BusinessLayer,
  environment: Environment,
  lines: readonly IncomingLine[],
  bytes: number,
  options: PostingOptions,
): Promise<Outcomes> {
  const outcomes: (AppendOutcome | undefined)[] = [];
  await eachLegalEntity(lines, async (own, organizationId) => {
    const result = await layer
      .writer(environment, organizationId)
      .append({ lines: own, bytes, inlineSync: options.createWithIVSync });
    own.forEach((line, index) => {
      outcomes[line.position] = result.outcomes[index] ?? { kind: 'refused' };
    });
    if (options.createWithIVSync) await inlineSync(layer, environment, organizationId, result);
  });
  return outcomes;
}

/** Works on the lines of each legal entity by themselves, all at once. */
async function eachLegalEntity(
  lines: readonly IncomingLine[],
  work: (own: readonly IncomingLine[], organizationId: string) => Promise<void>,
): Promise<void> {
  const groups = Map.groupBy(lines, (line) => line.organizationKey);
  await Promise.all([...groups].map(([key, own]) => work(own, own[0]?.organizationId ?? key)));
}
