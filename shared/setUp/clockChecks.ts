/** Whether our clock goes right, by the clocks of those who answer us. */
import { found, passed } from './check.ts';
import type { Check } from './check.ts';
import type { ClockReading } from './datedHttp.ts';

/** Entra and the services allow five minutes between clocks before they refuse tokens. */
const TOKENS_REFUSED_SECONDS = 300;
const WORTH_A_WARNING_SECONDS = 15;

/** @param processingBoundSeconds setting that must cover the difference of the clocks too */
export function clockChecks(readings: readonly ClockReading[], processingBoundSeconds: number): Check[] {
  if (readings.length === 0) {
    const seen = 'nobody answered with a Date header';
    return [found('toBeConfirmed', 'clock', 'clock of this app', seen, 'compare the clock by hand')];
  }
  return readings.map(({ origin, aheadMs, exchangeMs }) => {
    const surelySeconds = Math.max(0, Math.abs(aheadMs) - exchangeMs / 2 - 500) / 1000;
    const side = aheadMs > 0 ? 'ahead of' : 'behind';
    const seen =
      surelySeconds < 1
        ? `this app and ${origin} agree`
        : `this app is ${Math.round(Math.abs(aheadMs) / 1000)} seconds ${side} ${origin}`;
    const remedy = 'set the clock of the machine that runs this app, e.g. by NTP';
    const subject = `clock, against ${origin}`;
    const most = Math.min(TOKENS_REFUSED_SECONDS, processingBoundSeconds / 2);
    if (surelySeconds >= most) return found('fail', 'clock', subject, seen, remedy);
    if (surelySeconds >= WORTH_A_WARNING_SECONDS) return found('warn', 'clock', subject, seen, remedy);
    return passed('clock', subject, seen);
  });
}
