import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { AnchorError } from '../../../anchors/errors.ts';
import { timeStampRequest } from '../../../anchors/time-stamp.ts';
import { verifyTimeStamp } from '../../../anchors/verify-time-stamp.ts';
import * as golden from '../integrity/golden.ts';

// Made by OpenSSL 3.0.19: `openssl ts -reply` of the cosigned golden checkpoint, under a root and an authority between.
const response = readFileSync('test/golden/anchors/cosigned.tsr');
const root = new X509Certificate(readFileSync('test/golden/anchors/root.pem'));
const message = Buffer.from(golden.COSIGNED);

describe('a time stamp that OpenSSL made', () => {
  it('verifies, and says when, with which number, of what', () => {
    expect(verifyTimeStamp(response, message, [root])).toEqual({
      timeMs: Date.parse('2026-11-21T10:42:16Z'),
      serial: '02',
      // sha256sum of the checkpoint.
      digest: '69208c4890ad87edf758cf56a7d60eb74f3ce9c8258c63f793983606b21d9a60',
      nonce: '0102',
    });
  });

  it('is refused of other bytes and without its authority', () => {
    const other = Buffer.from(golden.CHECKPOINT);
    expect(() => verifyTimeStamp(response, other, [root])).toThrow('it stamps something else');
    expect(() => verifyTimeStamp(response, message, [])).toThrow('no authority');
  });

  it('says nothing else with any bit of it flipped, and fails with its own error only', () => {
    const info = verifyTimeStamp(response, message, [root]);
    let refused = 0;
    for (let at = 0; at < response.length; at += 3) {
      const changed = Buffer.from(response);
      changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8));
      try {
        expect(verifyTimeStamp(changed, message, [root])).toEqual(info);
      } catch (error) {
        if (!(error instanceof AnchorError)) throw error;
        refused += 1;
      }
    }
    expect(refused).toBeGreaterThan(response.length / 6);
  });
});

describe('a request for a time stamp', () => {
  it('is DER, byte for byte as OpenSSL writes it', () => {
    // openssl ts -query -sha256 -cert of the same bytes; its random nonce of 8 bytes (02 08 …) replaced by one of 2, its length 0x43 by 0x3d.
    const theirs =
      '303d0201013031300d06096086480165030402010500042069208c4890ad87ed' +
      'f758cf56a7d60eb74f3ce9c8258c63f793983606b21d9a60020201020101ff';
    const asked = Buffer.from(timeStampRequest(message, Buffer.from('00000102', 'hex')));
    expect(asked.toString('hex')).toBe(theirs);
    const high = Buffer.from(timeStampRequest(message, Buffer.from('ff', 'hex')));
    expect(high.toString('hex')).toContain('020200ff0101ff');
  });
});
