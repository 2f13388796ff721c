import com.google.api.client.auth.openidconnect.IdToken;
import com.google.api.client.auth.openidconnect.IdTokenVerifier;
import com.google.api.client.json.gson.GsonFactory;
import java.io.IOException;
import java.util.List;

class Phonegate {
  static final String ISSUER = "http://127.0.0.1:8787";
  static final IdTokenVerifier VERIFIER = new IdTokenVerifier.Builder()
      .setIssuer(ISSUER).setAudience(List.of(ISSUER))
      .setCertificatesLocation(ISSUER + "/.well-known/jwks.json").build();

  static String subjectOf(String text) throws IOException {
    IdToken token = IdToken.parse(GsonFactory.getDefaultInstance(), text);
    if (!"at+jwt".equals(token.getHeader().getType()) || !VERIFIER.verify(token))
      throw new SecurityException("this is not an access token of this issuer");
    return token.getPayload().getSubject();
  }
}
