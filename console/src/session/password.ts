/** What a password has to be, as the server holds it (NIST SP 800-63B, zxcvbn). */
export const PASSWORD_HINT = 'At least 12 characters, such as four words that have nothing to do with each other.';
