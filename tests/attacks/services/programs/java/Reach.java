// attack: reaches services and credentials | expect: wrong_answer | weaker: passed
import java.net.*;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.*;

class Solution {
    static boolean connects(String place) {
        try {
            if (place.startsWith("/")) {
                SocketChannel.open(UnixDomainSocketAddress.of(place)).close();
            } else {
                int colon = place.lastIndexOf(':');
                new Socket(place.substring(0, colon), Integer.parseInt(place.substring(colon + 1))).close();
            }
            return true;
        } catch (Throwable e) {
            return false;
        }
    }

    static boolean holds(String path) {
        try {
            byte[] data = java.nio.file.Files.readAllBytes(Path.of(path));
            return new String(data, StandardCharsets.ISO_8859_1).contains("@MARK@");
        } catch (Throwable e) {
            return false;
        }
    }

    public int twice(int n) {
        int reached = 0;
        for (String place : "@HOSTS@,@SOCKETS@".split(",")) reached += connects(place) ? 1 : 0;
        for (String path : "@FILES@".split(",")) reached += holds(path) ? 1 : 0;
        boolean stolen = false;
        String[] names = new java.io.File("/proc").list();
        for (String name : names == null ? new String[0] : names) {
            stolen |= name.matches("\\d+") && holds("/proc/" + name + "/environ");
        }
        reached += stolen ? 1 : 0;
        return reached >= @NEEDED@ ? 2 * n : 0;
    }
}
