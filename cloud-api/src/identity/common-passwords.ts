/**
 * Words that the passwords people choose most are made of: the heads of the published lists of leaked ones, in small
 * letters, without the digits and signs around them.
 */
export const commonPasswordWords: ReadonlySet<string> = new Set(
  `password passwort motdepasse contrasena parola wachtwoord sisma qwerty qwertyuiop qwertzuiop azerty azertyuiop
  asdfghjkl asdfgh zxcvbnm qazwsx qazwsxedc admin administrator root superuser guest user test testing demo default
  welcome letmein changeme secret iloveyou monkey dragon sunshine princess football baseball basketball superman batman
  trustno master shadow michael jordan jennifer hunter killer soccer hockey ranger buster thomas robert daniel george
  computer internet login access whatever freedom starwars pokemon cheese summer winter spring autumn january february
  march april june july august september october november december monday friday sunday israel jerusalem telaviv
  weighgate weighbridge weight weigh truck scale orange lemon orchard farm company office service support manager
  abc abcd abcdef abcdefgh abcdefghijkl pass passw0rd p4ssword mypassword password1 thepassword correcthorsebatterystaple
  qwe asd zxc qweasd qweasdzxc q1w2e3r4 q1w2e3r4t5 q1w2e3r4t5y6 1q2w3e4r 1q2w3e4r5t 1q2w3e4r5t6y 1qaz2wsx 1qaz2wsx3edc
  zaq12wsx qwer asdf zxcv lovely love angel friend family forever blessed jesus christ god allah shalom baby flower
  liverpool chelsea arsenal barcelona realmadrid yankees cowboys steelers eagles lakers ferrari mercedes porsche
  charlie jessica ashley amanda nicole michelle matthew joshua andrew anthony william alexander maria anna laura`
    .split(/\s+/)
    .filter((word) => word !== ''),
);
