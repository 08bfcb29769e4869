import type { Grade } from '../schemas/record-types.ts';
import type { LeafRecord } from '../schemas/leaf-record.ts';
import type { RecordSummary } from '../query-api/present-record.ts';

/** What the query API answers, as far as the CLI shows it. Sources: the answer schemas of `query-api/`. */
export type Names = Readonly<Record<string, string>>;

export type RecordsAnswer = {
  readonly records: readonly RecordSummary[];
  readonly nextCursor: string | null;
  readonly names: Names;
};

export type TraceAnswer = {
  readonly traceId: string;
  readonly records: number;
  readonly truncated: boolean;
  readonly users: readonly UserAnswer[];
  readonly names: Names;
};

export type ConversationAnswer = {
  readonly conversation: string;
  readonly truncated: boolean;
  readonly steps: readonly StoryStepAnswer[];
  readonly names: Names;
};

export type StoryStepAnswer = {
  readonly record: RecordSummary;
  readonly promptDigest: string | null;
  readonly toolCallId: string | null;
  readonly askedBy: string | null;
  readonly usedBy: string | null;
  readonly decisions: readonly {
    readonly kind: string;
    readonly verdict: string;
    readonly rule: string | null;
    readonly by: string | null;
  }[];
};

export type UserAnswer = {
  readonly user: string | null;
  readonly grade: Grade;
  readonly children: readonly NodeAnswer[];
};

export type NodeAnswer =
  | {
      readonly kind: 'agent';
      readonly agent: string | null;
      readonly service: string | null;
      readonly version: string | null;
      readonly grade: Grade;
      readonly children: readonly NodeAnswer[];
    }
  | {
      readonly kind: 'record';
      readonly record: RecordSummary;
      readonly children: readonly NodeAnswer[];
    };

export type Seal = {
  readonly logId: string;
  readonly leafIndex: number;
  readonly seq: number;
  readonly leafHash: string;
};

export type RecordAnswer = {
  readonly summary: RecordSummary;
  readonly record: LeafRecord;
  readonly seal: Seal;
  readonly payload: readonly {
    readonly field: string;
    readonly mediaType: string;
    readonly value: string;
    readonly bytes: number;
    readonly truncated: boolean;
  }[];
  readonly revisions: readonly {
    readonly revision: number;
    readonly current: boolean;
    readonly seal: Seal;
    readonly record: LeafRecord;
  }[];
  readonly names: Names;
};

export type CountsAnswer = {
  readonly counts: readonly {
    readonly group: Readonly<Record<string, string | null>>;
    readonly records: number;
  }[];
  readonly total: number;
  readonly groups: number;
  readonly truncated: boolean;
  readonly names: Names;
};

export type RedactionsAnswer = {
  readonly redactions: readonly {
    readonly group: Readonly<Record<string, string | null>>;
    readonly places: number;
    readonly records: number;
  }[];
  readonly groups: number;
  readonly truncated: boolean;
  readonly names: Names;
};

export type ChargeTotalsAnswer = {
  readonly amounts: readonly { readonly currency: string; readonly amountNano: string }[];
  readonly quantities: readonly {
    readonly unit: string;
    readonly quantity: string;
    readonly unpriced: string;
  }[];
  readonly charges: string;
};

export type ChargesAnswer = {
  readonly charges: readonly (ChargeTotalsAnswer & {
    readonly group: Readonly<Record<string, string | null>>;
  })[];
  readonly total: ChargeTotalsAnswer;
  readonly truncated: boolean;
  readonly names: Names;
};
