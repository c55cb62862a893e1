import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;

/** Java's own HTTP client as it is by default: it offers an upgrade to HTTP/2 with every request. */
public class Client {
    public static void main(String[] arguments) throws Exception {
        HttpClient http = HttpClient.newHttpClient();
        for (int id = 1; id <= 3; id++) {
            String body = "{\"jsonrpc\":\"2.0\",\"id\":" + id + ",\"method\":\"ping\"}";
            HttpRequest request = HttpRequest.newBuilder(URI.create(arguments[0]))
                .header("Content-Type", "application/json")
                .header("Accept", "application/json, text/event-stream")
                .POST(BodyPublishers.ofString(body))
                .build();
            HttpResponse<String> answer = http.send(request, BodyHandlers.ofString());
            System.out.println(answer.statusCode() + " " + answer.version() + " " + answer.body().contains("\"id\":" + id));
        }
    }
}
