import { describe, expect, it } from 'vitest';
import { complete, type Known, offers, tokens, word } from './expression';

const kinds = (text: string) => tokens(text).map((token) => `${token.kind}:${token.text}`);

describe('tokens', () => {
  it('tells functions, texts, numbers and words apart', () => {
    expect(kinds(`lower(user.name) + " x" == 12`)).toEqual([
      'function:lower',
      'plain:(user.name) + ',
      'text:" x"',
      'plain: == ',
      'number:12',
    ]);
  });
  it('takes a method for a function and null for a word of the language', () => {
    expect(kinds('user.title.upper() == null')).toEqual([
      'plain:user.title.',
      'function:upper',
      'plain:() == ',
      'keyword:null',
    ]);
  });
  it('colours a text that is not closed yet', () => {
    expect(kinds(`'a`)).toEqual([`text:'a`]);
  });
  it('loses nothing', () => {
    for (const text of [`r'[()\\s-]+' + "\\""`, 'ä ? 1.5 : [x]', '', '"a', 'in(', '\n\tuser'])
      expect(
        tokens(text)
          .map((token) => token.text)
          .join(''),
      ).toBe(text);
  });
});

const KNOWN: Known = {
  variables: [
    { name: 'user.userName', type: 'text' },
    { name: 'user.name.givenName', type: 'text' },
    { name: 'manager.userName', type: 'text' },
  ],
  functions: [
    { name: 'upper', signature: 'upper(s)' },
    { name: 'lower', signature: 'lower(s)' },
  ],
};

describe('completion', () => {
  it('offers what begins like the word before what only holds it', () => {
    expect(offers(KNOWN, 'user').map((offer) => offer.label)).toEqual([
      'user.userName',
      'user.name.givenName',
      'manager.userName',
    ]);
    expect(offers(KNOWN, 'giv').map((offer) => offer.label)).toEqual(['user.name.givenName']);
  });
  it('offers nothing inside a text, and the word before the caret elsewhere', () => {
    expect(word(`'user`, 5)).toBeNull();
    expect(word('lower(user.na', 13)).toBe('user.na');
    expect(word(`'a' + us`, 8)).toBe('us');
  });
  it('opens and closes a function, with the caret between', () => {
    const [offer] = offers(KNOWN, 'upp');
    if (!offer) throw new Error('nothing offered');
    expect(complete('upp', 3, 'upp', offer)).toEqual(['upper()', 6]);
    expect(complete('upp(x)', 3, 'upp', offer)).toEqual(['upper(x)', 5]);
  });
});
