import { expect, it } from 'vitest';
import { wrongName, wrongUrn } from './schemas';

it('knows which names an attribute can have', () => {
  for (const good of ['costCenter', 'x', 'a-b_c$1', '']) expect(wrongName(good, ['team'])).toBeUndefined();
  for (const bad of ['1st', 'cost center', 'größe', 'Team', '-a'])
    expect(wrongName(bad, ['team'])).toBeTypeOf('string');
});

it('knows which URNs a schema can have', () => {
  for (const good of ['urn:example:hr:2.0:User', 'urn:a:b', '']) expect(wrongUrn(good)).toBeUndefined();
  for (const bad of ['example', 'urn:', 'urn:a b:c', 'urn:ietf:params:scim:schemas:core:2.0:Mine']) {
    expect(wrongUrn(bad)).toBeTypeOf('string');
  }
});
