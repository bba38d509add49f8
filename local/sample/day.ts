/**
 * A realistic day of adjustments: what warehouses and shops of three legal entities report. The same seed gives the same
 * day; the run's tag makes its ids and items new, so that a day can be posted again and again and be counted by itself.
 */
import type { PostedLine, SampleLine } from './sampleLine.ts';
import { SeededRandom } from './seededRandom.ts';

export interface DayOptions {
  readonly seed: number;
  /** Ends every id and item number of the day: letters and digits, at most 8. */
  readonly tag: string;
  readonly lineCount: number;
  /** yyyy-MM-dd, the date that some lines state; must lie in no closed period. */
  readonly bookingDate: string;
}

/** What one system sends in one request. */
export interface SampleRequest {
  readonly lines: readonly SampleLine[];
  readonly createWithIVSync: boolean;
}

export interface SampleDay {
  readonly requests: readonly SampleRequest[];
  /** To be refused as a whole: among good lines some that cannot be read or are not known. */
  readonly invalid: readonly PostedLine[];
}

const LEGAL_ENTITIES = ['USMF', 'DEMF', 'FRRT'] as const;
const COLOURS = ['Black', 'Navy', 'Sand'];
const SIZES = ['S', 'M', 'L'];
const SHOPS = 4;
const ITEMS = 15;
const PRICES = ['7.25', '12.5', '12.75', '39.99'];
/** Of all requests, those that update the cache before they are answered. */
const INLINE_SHARE = 0.15;
const LARGEST_REQUEST = 120;

/** The day's requests, in the order in which they are sent. Lines of a pair that nets to zero stand in one request. */
export function sampleDay(options: DayOptions): SampleDay {
  const random = new SeededRandom(options.seed);
  const writer = new DayWriter(random, options);
  const requests: SampleRequest[] = [];
  for (let left = options.lineCount; left > 0;) {
    const size = Math.min(left, random.whole(10, LARGEST_REQUEST));
    // Most systems serve one legal entity; a central one reports for all.
    const legalEntities = random.happens(0.8) ? [random.oneOf(LEGAL_ENTITIES)] : LEGAL_ENTITIES;
    const lines: SampleLine[] = [];
    while (lines.length < size) lines.push(...writer.event(random.oneOf(legalEntities), size - lines.length));
    requests.push({ lines, createWithIVSync: random.happens(INLINE_SHARE) });
    left -= size;
  }
  return { requests, invalid: writer.invalidLines() };
}

type Event = (organizationId: string) => readonly SampleLine[];

class DayWriter {
  readonly #random: SeededRandom;
  readonly #options: DayOptions;
  /** What happens, and how often: shares of 100. */
  readonly #events: readonly (readonly [share: number, lines: number, event: Event])[];
  #lines = 0;
  #documents = 0;

  constructor(random: SeededRandom, options: DayOptions) {
    this.#random = random;
    this.#options = options;
    this.#events = [
      [42, 1, (organizationId) => [this.#sale(organizationId)]],
      [12, 1, (organizationId) => [this.#delivery(organizationId)]],
      [16, 1, (organizationId) => [this.#count(organizationId)]],
      [14, 1, (organizationId) => [this.#receipt(organizationId)]],
      [6, 1, (organizationId) => [this.#scrap(organizationId)]],
      [4, 1, (organizationId) => [this.#reservation(organizationId)]],
      [6, 2, (organizationId) => this.#exchange(organizationId)],
    ];
  }

  /** The lines of one event, at most `room`. */
  event(organizationId: string, room: number): readonly SampleLine[] {
    const possible = this.#events.filter(([, lines]) => lines <= room);
    let left = this.#random.fraction() * possible.reduce((sum, [share]) => sum + share, 0);
    const [, , happening] = possible.find(([share]) => (left -= share) < 0) ?? possible[0] ?? [];
    return happening?.(organizationId) ?? [];
  }

  invalidLines(): PostedLine[] {
    const [good, unreadable, unknown, placeless] = [1, 2, 3, 4].map(() => this.#count('USMF').posted);
    if (!good || !unreadable || !unknown || !placeless) return [];
    return [
      good,
      { ...unreadable, quantity: '12,5' },
      { ...unknown, physicalMeasure: 'shrinkage' },
      { ...placeless, dimensions: { locationId: 'MAIN' } },
    ];
  }

  /** Goods that a shop sold: its measure counts them upwards, the stock goes down. */
  #sale(organizationId: string): SampleLine {
    const quantity = String(this.#random.whole(1, 4));
    return this.#shopLine(organizationId, 'outbound', quantity, 'Receipt');
  }

  #delivery(organizationId: string): SampleLine {
    const quantity = String(this.#random.whole(5, 40));
    const cost = this.#random.happens(0.5) ? { costPrice: this.#random.oneOf(PRICES) } : {};
    return this.#shopLine(organizationId, 'inbound', quantity, 'TransferOrder', cost);
  }

  /** Put aside for a customer: no mapping takes this measure to the ERP. */
  #reservation(organizationId: string): SampleLine {
    return this.#shopLine(organizationId, 'reserved', String(this.#random.whole(1, 3)), 'Reservation');
  }

  /** Sold and brought back at once, of an item that nothing else happens to: the two lines come to nothing. */
  #exchange(organizationId: string): SampleLine[] {
    const sold = this.#shopLine(organizationId, 'outbound', '1', 'Receipt', {
      productId: `X${this.#number()}-${this.#options.tag}`,
    });
    const returned = { ...sold.posted, id: this.#id(organizationId), quantity: '-1' };
    return [sold, { ...sold, posted: returned, quantity: '-1' }];
  }

  #count(organizationId: string): SampleLine {
    const quantity = String(this.#random.oneOf([-3, -2, -1, 1, 2]));
    return this.#warehouseLine(organizationId, quantity, 'Counting');
  }

  /** Cloth comes by the metre. */
  #receipt(organizationId: string): SampleLine {
    const thousandths = String(this.#random.whole(1, 9_999)).padStart(4, '0');
    const quantity = `${this.#random.whole(1, 99)}.${thousandths}`.replace(/0+$/, '').replace(/\.$/, '');
    const cost = this.#random.happens(0.7) ? { costPrice: this.#random.oneOf(PRICES) } : {};
    return this.#warehouseLine(organizationId, quantity, 'PurchaseOrder', cost);
  }

  #scrap(organizationId: string): SampleLine {
    const quantity = `-${this.#random.whole(1, 5)}`;
    return this.#warehouseLine(organizationId, quantity, 'QualityOrder', { fnoJournalNameId: 'IScrap' });
  }

  #shopLine(
    organizationId: string,
    physicalMeasure: string,
    quantity: string,
    category: string,
    more: Partial<PostedLine> = {},
  ): SampleLine {
    const shop = this.#random.whole(1, SHOPS);
    const [site, stockRoom] = [siteOf(organizationId, shop), `SHOP${shop}`];
    const document = this.#document(organizationId, category);
    const [colour, size] = [variantOf(COLOURS, document.productId), variantOf(SIZES, document.productId)];
    return {
      posted: {
        ...document,
        quantityDataSource: 'pos',
        physicalMeasure,
        dimensions: { Store: site, StockRoom: stockRoom, Colour: colour, Size: size },
        quantity,
        ...more,
      },
      quantity,
      dimensions: { ColorId: colour, LocationId: stockRoom, SiteId: site, SizeId: size },
    };
  }

  #warehouseLine(
    organizationId: string,
    quantity: string,
    category: string,
    more: Partial<PostedLine> = {},
  ): SampleLine {
    const site = siteOf(organizationId, 1);
    return {
      posted: {
        ...this.#document(organizationId, category),
        quantityDataSource: '@iv',
        physicalMeasure: 'adjustment',
        dimensions: { siteId: site, locationId: 'MAIN' },
        quantity: this.#random.happens(0.5) ? Number(quantity) : quantity,
        ...(this.#random.happens(0.2) ? { transDate: this.#options.bookingDate } : {}),
        ...more,
      },
      quantity,
      dimensions: { LocationId: 'MAIN', SiteId: site },
    };
  }

  #document(
    organizationId: string,
    category: string,
  ): Pick<
    PostedLine,
    'id' | 'organizationId' | 'productId' | 'externalReferenceCategory' | 'externalReferenceId'
  > {
    this.#documents += this.#random.happens(0.4) ? 1 : 0;
    return {
      id: this.#id(organizationId),
      organizationId,
      productId: `D${String(this.#random.whole(1, ITEMS)).padStart(4, '0')}-${this.#options.tag}`,
      externalReferenceCategory: category,
      externalReferenceId: `${category.toUpperCase().slice(0, 3)}-${String(this.#documents).padStart(6, '0')}`,
    };
  }

  #id(organizationId: string): string {
    return `${organizationId}-${this.#options.tag}-${this.#number()}`;
  }

  #number(): string {
    this.#lines += 1;
    return String(this.#lines).padStart(6, '0');
  }
}

/** Two shops share a site. */
function siteOf(organizationId: string, shop: number): string {
  return `${organizationId.slice(0, 2)}${Math.ceil(shop / 2)}`;
}

/** An item comes in one variant. */
function variantOf(variants: readonly string[], productId: string): string {
  return variants[Number(productId.slice(1, 5)) % variants.length] ?? '';
}
