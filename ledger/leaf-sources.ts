import type { Evidence } from '../schemas/record-types.ts';
import type { JsonWriter } from './json-writer.ts';
import { memberName } from './json-writer.ts';

type Source = Omit<Evidence, 'key'>;

/** Where evidence was read: each span, producer and trust class once, in the order of first use; evidence names it by its number. */
export class Sources {
  readonly #list: Source[] = [];
  readonly #later = new Map<string, number>();

  get isEmpty(): boolean {
    return this.#list.length === 0;
  }

  numberOf(source: Source): number {
    const list = this.#list;
    const near = Math.min(list.length, NEAR_MAX);
    for (let number = 0; number < near; number += 1) {
      const known = list[number];
      if (known && isSame(known, source)) return number;
    }
    return list.length < NEAR_MAX ? list.push(source) - 1 : this.#numberOfLater(source);
  }

  writeTo(to: JsonWriter): void {
    to.openList();
    for (const { producer, spanId, traceId, trust } of this.#list) {
      to.openObject();
      if (producer !== null) {
        to.name(names.producer);
        to.text(producer);
      }
      if (spanId !== null) {
        to.name(names.spanId);
        to.text(spanId);
      }
      if (traceId !== null) {
        to.name(names.traceId);
        to.text(traceId);
      }
      to.name(names.trust);
      to.text(trust);
      to.closeObject();
    }
    to.closeList();
  }

  #numberOfLater(source: Source): number {
    const name = `${source.spanId}\0${source.traceId}\0${source.trust}\0${source.producer}`;
    const known = this.#later.get(name);
    if (known !== undefined) return known;
    const number = this.#list.push(source) - 1;
    this.#later.set(name, number);
    return number;
  }
}

// A call has a source a span, mostly; comparing with a few costs less than making a name to look one up by.
const NEAR_MAX = 8;

function isSame(a: Source, b: Source): boolean {
  return (
    a.spanId === b.spanId &&
    a.traceId === b.traceId &&
    a.producer === b.producer &&
    a.trust === b.trust
  );
}

const names = {
  producer: memberName('producer'),
  spanId: memberName('spanId'),
  traceId: memberName('traceId'),
  trust: memberName('trust'),
};
