import { headOf } from '../anchors/anchor.ts';
import { formatNote, parseNote } from '../integrity/note.ts';
import type { Note, NoteSignature } from '../integrity/note.ts';
import { makeConsistencyProof, consistencyNodes } from '../integrity/tree-proof.ts';
import type { RecordStore } from '../record-store/clickhouse.ts';
import { RowBlock } from '../record-store/row-binary.ts';
import { readTreeNodes } from '../record-store/tree-nodes.ts';
import { checkpointsTable } from '../schemas/tables.ts';
import { metaLogId } from './read-checkpoint.ts';

/** What a witness needs of the meta log, and where its cosignatures go: to the store, so that proofs carry them. */
export type CosignedHeads = {
  readonly prove: (oldSize: number, size: number) => Promise<readonly Uint8Array[]>;
  readonly onCosigned: (signed: string, cosignature: NoteSignature) => Promise<void>;
};

/** Cosigned heads of the meta log in the store: each row has all cosignatures of its head that were there by then. */
export function cosignedHeads(store: RecordStore): CosignedHeads {
  let newest: { readonly size: number; note: Note } | undefined;
  return {
    prove: async (oldSize, size) => {
      const readNode = await readTreeNodes(
        store,
        { logId: metaLogId, size },
        consistencyNodes(oldSize, size),
      );
      return makeConsistencyProof(oldSize, size, readNode);
    },
    onCosigned: async (signed, cosignature) => {
      const { size, root } = headOf(signed);
      const known = newest?.size === size ? newest.note : parseNote(signed);
      const others = known.signatures.filter(
        ({ name, keyId }) => name !== cosignature.name || keyId !== cosignature.keyId,
      );
      const note = { text: known.text, signatures: [...others, cosignature] };
      newest = { size, note };
      const block = new RowBlock(checkpointsTable);
      block.add([metaLogId, size, root, formatNote(note)]);
      const token = `${metaLogId}@${size}+${note.signatures.map(({ keyId }) => keyId).join('+')}`;
      await store.insertRows(checkpointsTable, block.bytes(), { token });
    },
  };
}
